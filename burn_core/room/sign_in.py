"""Signing in: people's names, and what shows that they are theirs."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from burn_core.errors import BadName, NameTaken, NotAllowed
from burn_core.room.hashing import hash_password, is_password
from burn_core.room.hosts import has_no_host
from burn_core.room.identities import add_identity, has_identity, use_identity
from burn_core.room.proof import Identity, Proof
from burn_core.room.sessions import has_signed_in, open_session
from burn_core.users import NAME_RULE, USER_COLUMNS, User, is_name, tidy_name
from db import schema


def sign_in(
    session: Session, browser_id: UUID, name: str, password: str = "", *, may_host: bool = True
) -> User:
    """Sign the browser in as the person with that name: prove and enter in one."""
    return enter(session, browser_id, prove(session, browser_id, name, password), may_host=may_host)


def prove(session: Session, browser_id: UUID | None, name: str, password: str = "") -> Proof:
    """Check that the browser may use the name. Writes nothing: the name isn't taken yet.

    A name with a password needs it. A name without one works only in the browser that created it.
    Raises BadName and NameTaken, whose words and the time they take don't say whether the name has a
    password; and WrongPassword if a new name's is short.
    """
    name = _check_name(name)
    user = session.execute(
        select(schema.User.id, schema.User.password_hash).where(
            schema.User.name == name, schema.User.type == "human"
        )
    ).one_or_none()
    if user is None:
        _check_no_agent(session, name)
        return Proof(name, password_hash=hash_password(password))
    # Asked for whichever name it is: a query less would show in the time.
    is_own_browser = _is_own_browser(session, browser_id, user.id)
    is_open = user.password_hash is None and is_own_browser
    if not is_open and not is_password(user.password_hash, password):
        raise NameTaken(
            f"The name {name} is taken. If it's yours, enter its password, or open Burn in the "
            "browser where you first used it. Otherwise, choose another name."
        )
    return Proof(name, user.id, user.password_hash)


def prove_new(session: Session, name: str, identity: Identity) -> Proof:
    """Check that somebody whom a provider vouches for, and who is new here, can have the name.

    Raises BadName, NameTaken.
    """
    name = _check_name(name)
    if session.scalar(select(schema.User.id).where(schema.User.name == name)) is not None:
        raise NameTaken(f"The name {name} is taken. Choose another name.")
    return Proof(name, identity=identity)


def enter(session: Session, browser_id: UUID, proof: Proof, *, may_host: bool = True) -> User:
    """Sign the browser in as the person of the proof, creating them if they are new.

    The first person created becomes a host, if may_host. Raises NameTaken, and NotAllowed if the
    proof no longer holds.
    """
    if proof.user_id is None:
        user_id = _create_user(session, proof, may_host)
    else:
        user_id = proof.user_id
        _check_still_holds(session, browser_id, proof)
    open_session(session, browser_id, user_id)
    return User(*session.execute(select(*USER_COLUMNS).where(schema.User.id == user_id)).one())


def _check_name(name: str) -> str:
    """The name as it is stored. Raises BadName."""
    name = tidy_name(name)
    if not is_name(name):
        raise BadName(NAME_RULE)
    return name


def _create_user(session: Session, proof: Proof, may_host: bool) -> UUID:
    _check_no_agent(session, proof.name)
    created: UUID | None = session.scalar(
        insert(schema.User)
        .values(
            name=proof.name,
            password_hash=proof.password_hash,
            is_host=may_host and has_no_host(session),
        )
        .on_conflict_do_nothing()
        .returning(schema.User.id)
    )
    if created is None:
        raise NameTaken(f"Somebody has just taken the name {proof.name}. Choose another name.")
    if proof.identity is not None:
        add_identity(session, created, proof.identity)
    return created


def _check_no_agent(session: Session, name: str) -> None:
    agent = select(schema.User.id).where(schema.User.name == name, schema.User.type == "agent")
    if session.scalar(agent):
        raise NameTaken(f"{name} is one of the agents. Choose another name.")


def _check_still_holds(session: Session, browser_id: UUID, proof: Proof) -> None:
    """Raises NotAllowed unless it does. Until the end of the transaction no password changes, so
    that a change ends this sign-in too.
    """
    assert proof.user_id is not None
    user = session.execute(
        select(schema.User.password_hash)
        .where(schema.User.id == proof.user_id)
        .with_for_update(read=True)
    ).one_or_none()
    if user is not None and proof.identity is not None:
        holds = use_identity(session, proof.user_id, proof.identity)
    elif user is not None and user.password_hash is None:
        holds = _is_own_browser(session, browser_id, proof.user_id)
    else:
        holds = user is not None and user.password_hash == proof.password_hash
    if not holds:
        raise NotAllowed(f"Something about {proof.name} has just changed. Sign in again.")


def _is_own_browser(session: Session, browser_id: UUID | None, user_id: UUID) -> bool:
    """Whether the person needs nothing but this browser: they have signed in with it before.

    For somebody whom a provider knows, only the provider can tell.
    """
    return has_signed_in(session, browser_id, user_id) and not has_identity(session, user_id)
