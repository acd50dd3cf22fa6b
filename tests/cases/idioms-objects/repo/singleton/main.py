from manager import Manager
Manager.get_instance().ask("x")
