"""The services' doors with fakes behind them, and what a client needs to knock."""
