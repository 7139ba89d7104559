"""The widgets: one public class a file, and the ground they share (`_base`, `_channel`)."""
