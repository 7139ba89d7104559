"""What explorers should show, computed independently of the package."""
