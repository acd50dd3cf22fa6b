from mod import mm
print(mm.invoke("x"))
