"""What users of the web page do, and what tests look at."""

from io import BytesIO

from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from kit.images.samples import sample_image
from kit.servers.calotype import Server

PATIENCE = 60_000  # milliseconds

expect.set_options(timeout=PATIENCE)


def log_in(page: Page, token: str) -> None:
    page.get_by_role("button", name="Use a token").click()
    page.get_by_label("Access token").fill(token)
    page.get_by_role("button", name="Log in").click()


def a_picture(number: int) -> FilePayload:
    """A JPEG that is encoded again with loss."""
    file = BytesIO()
    Image.radial_gradient("L").resize((320, 240)).rotate(number * 30).save(file, "JPEG", quality=95)
    return {"name": f"picture-{number}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def a_large_picture(number: int) -> FilePayload:
    """Some 200 kB, which a slow link takes a while to send."""
    noise = Image.effect_noise((480, 360), 90 + number)
    file = BytesIO()
    Image.merge("RGB", (noise, noise.rotate(180), noise)).save(file, "JPEG", quality=97)
    return {"name": f"large-{number}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def upload(page: Page, *files: FilePayload) -> None:
    """Choose the files, wait until they are stored, and close the panel."""
    page.set_input_files("[data-test=files]", list(files))
    expect_uploaded(page, len(files))
    page.get_by_role("button", name="Close").click()


def expect_uploaded(page: Page, number: int) -> None:
    expect(page.get_by_text(f"{number} uploaded", exact=True)).to_be_visible()


def token_of(server: Server, username: str = "admin") -> str:
    """From a process of its own: in this one runs the event loop of the browser's driver."""
    return server.run("get-access-key", username).stdout.decode().strip()


def images_of(server: Server, token: str) -> "dict[str, dict[str, object]]":
    """The stored images by their names."""
    with server.client(token) as client:
        return {each["name"]: each for each in client.get("/image/").json()["results"]}


def a_file(number: int) -> bytes:
    return sample_image(width=96, height=64, seed=number)
