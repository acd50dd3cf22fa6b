class Base:
    model = None
    def run(self, q):
        return self._call(q)
    def _call(self, q):
        raise NotImplementedError
