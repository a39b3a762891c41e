"""Runs the gateway alone, as a cluster does: `python -m gateway`."""

import sys

from gateway.bootstrap import gateway_service
from gateway.settings import GatewaySettings
from speechkit.runtime.lifetime import run_service


def main() -> int:
    return run_service("earshot-gateway", GatewaySettings, gateway_service)


if __name__ == "__main__":
    sys.exit(main())
