from rest_framework.views import APIView
from .services import answer
class Ask(APIView):
    def post(self, request):
        return answer("x")
