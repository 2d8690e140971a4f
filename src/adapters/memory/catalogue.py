"""Lists of images, sorted and cut again for each request."""

from adapters.memory.units_of_work import MemoryDatabase
from domain.model.access.user import UserId
from domain.model.images.image import Image
from domain.model.images.page import Cursor, Direction, Page, PageRequest, Place
from domain.ports.database.catalogue import Catalogue


class MemoryCatalogue(Catalogue):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def page(self, user: UserId, request: PageRequest) -> Page[Image]:
        ordering, cursor = request.ordering, request.cursor
        found = [each for each in self._database.state.images.values() if each.user == user]
        placed = {Place.of(each, ordering.key): each for each in found if request.filter.matches(each)}
        places = sorted(placed, reverse=ordering.is_descending)
        begin, end = request.offset, request.offset + request.limit
        if cursor is not None:
            # A page never holds the image that its cursor points at, in either direction.
            goes_back = cursor.direction is Direction.BACK
            goes_up = ordering.is_descending is goes_back
            ahead = sum(each > cursor.place if goes_up else each < cursor.place for each in places)
            begin = max(0, ahead - request.limit) if goes_back else len(places) - ahead
            end = ahead if goes_back else begin + request.limit
        shown = places[begin:end]
        onward = Cursor(Direction.ONWARD, shown[-1]) if shown and end < len(places) else None
        back = Cursor(Direction.BACK, shown[0]) if shown and begin > 0 else None
        if cursor is not None and places and not shown:
            turned = cursor.turned(ordering)
            onward, back = (turned, None) if cursor.direction is Direction.BACK else (None, turned)
        return Page(items=[placed[each] for each in shown], count=len(places), onward=onward, back=back)
