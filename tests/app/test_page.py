"""What the page has, without a browser."""

from __future__ import annotations

import pytest

pytest.importorskip("gradio", reason='Gradio is not installed: pip install "neuralart[app]"')

from neuralart.app import films, page
from neuralart.app.access import Access
from neuralart.app.desk import Desk
from neuralart.app.gallery import Gallery
from neuralart.app.jobs import Studio


def test_without_what_films_need_their_tab_says_what_to_install(tmp_path, monkeypatch, loops):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(films, "find_spec", lambda name: None)
    gallery = Gallery(tmp_path / "gallery")
    studio = Studio(gallery, max_waiting=1, max_minutes=1, max_unwatched=1)
    try:
        desk = Desk(Access(), studio, gallery, tmp_path)
        desk.own.mkdir()
        made = {block.elem_id: block for block in page.build(desk).blocks.values() if getattr(block, "elem_id", None)}
    finally:
        studio.close()
    assert "installs: pip install &quot;neuralart[video]&quot;" in made["film-lacking"].value
    assert "paint" in made and "film-paint" not in made
