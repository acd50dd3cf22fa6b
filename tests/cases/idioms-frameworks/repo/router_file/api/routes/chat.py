from fastapi import APIRouter
from services.llm import llm_service
router = APIRouter()
@router.post("/")
async def chat(q: str):
    return await llm_service.ask(q)
