"""The web app: a page and an HTTP API where several people can paint, one at a time.

settings   the choices of the person who starts the app: address, password, limits
form       derives the fields of the form from the option declaration
jobs       paintings that wait, are painted, stopped and continued
gallery    a folder of finished pictures
page       the form, the live picture and the gallery, made with Gradio; `server` serves it

Importing this package imports neither Gradio nor torch.
"""
