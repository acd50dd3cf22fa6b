import yaml


class Settings:
    """Every leaf of the file as an attribute."""

    def __init__(self, path):
        self.path = path
        self.load()

    def leaves(self, node):
        found = []
        for key, value in node.items():
            if isinstance(value, dict):
                found.extend(self.leaves(value))
            else:
                found.append((key, value))
        return found

    def load(self):
        with open(self.path) as file:
            data = yaml.safe_load(file)
        for key, value in self.leaves(data):
            setattr(self, key, value)
