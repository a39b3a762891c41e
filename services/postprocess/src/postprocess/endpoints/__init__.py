"""A tenant's endpoints: kept, shown without their keys, tested, and asked for their models."""
