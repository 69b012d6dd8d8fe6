"""One system a module, of the module's name; a new file here is a new system."""
