"""The ports, implemented with real technologies; only `bootstrap` modules import from here."""
