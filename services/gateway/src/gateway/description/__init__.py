"""What the API says of itself: `/openapi.json`, and `/docs` made from it."""
