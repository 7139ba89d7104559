"""The pictures of the explorers for print."""
