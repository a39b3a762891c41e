"""Stand-ins for the ports that need no model, process or server; the contract suites hold them to the same promises."""
