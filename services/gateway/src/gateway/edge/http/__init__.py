"""The edge over HTTP: ids, log lines, keys, errors, events and connections that end early."""
