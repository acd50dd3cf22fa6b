"""Who made the calls that all share one key: fitted from what each consumer was seen doing, hour by hour."""
