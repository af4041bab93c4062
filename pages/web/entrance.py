"""How a browser gets its cookie, and shows that it sends it back (burn_core/room/tickets.py).

The ticket is in a header that no form of another site can send.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from burn_core.room.access import is_same_origin
from burn_core.room.tickets import exchange_ticket, note_arrival
from db.errors import Away
from pages.ui.shared.resources import get_audience, get_cookies
from pages.web.transaction import run_transaction

TICKET_HEADER = "burn-ticket"


async def give_cookie(request: Request) -> Response:
    """POST /enter: exchange the ticket for the cookie. Answers 204, 403, 409 or 503."""
    if not is_same_origin(request):
        return _refuse_other_sites()
    ticket, old_id = request.headers.get(TICKET_HEADER, ""), get_audience().read_browser_id(request)
    try:
        browser_id = await run_transaction(lambda session: exchange_ticket(session, ticket, old_id))
    except Away as error:
        return PlainTextResponse(f"{error.words} Try again in a moment.", 503)
    if browser_id is None:
        return PlainTextResponse("This ticket is used, too old or another browser's.", 409)
    cookie = get_cookies().write_header(browser_id, request.url.scheme == "https")
    return Response(status_code=204, headers={"set-cookie": cookie})


async def hear_cookie(request: Request) -> Response:
    """POST /entered: note that the new cookie arrives. Answers 204, 401, 403 or 503."""
    if not is_same_origin(request):
        return _refuse_other_sites()
    browser_id = get_audience().read_browser_id(request)
    try:
        has_arrived = browser_id is not None and await run_transaction(
            lambda session: note_arrival(session, browser_id)
        )
    except Away as error:
        return PlainTextResponse(f"{error.words} Try again in a moment.", 503)
    return Response(status_code=204) if has_arrived else PlainTextResponse("No new cookie.", 401)


def _refuse_other_sites() -> Response:
    return PlainTextResponse("Only Burn's own pages can sign a browser in.", 403)
