"""What gateways share and nobody keeps: in this process, or in Redis or Valkey."""
