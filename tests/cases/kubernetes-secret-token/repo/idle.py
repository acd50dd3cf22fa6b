print("idle")
