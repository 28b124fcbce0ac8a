"""Who may sign in, and as what. Which legal entities a person sees is in `o2c.orders.access`."""

from o2c.core import sessions
from o2c.core.actors import Actor, acting
from o2c.core.models import Role, User


class PeopleRefused(ValueError):
    """The person cannot be kept so; the text says why."""


def create(
    *, username: str, email: str, roles: list[str], actor: Actor, password: str | None = None, **details
) -> User:
    """Let a person sign in. Without a password they set one through the link they are sent."""
    _check_roles(roles)
    with acting(actor):
        if User.objects.filter(username__iexact=username).exists():
            raise PeopleRefused(f"There is a {username} already.")
        user = User(username=username, email=email, roles=sorted(roles), **details)
        if password is None:
            user.set_unusable_password()
        else:
            user.set_password(password)
        user.save()
        return user


def change(user: User, *, roles: list[str], actor: Actor, **details) -> User:
    """Change a person's roles and details. Raises PeopleRefused where nobody would be left to administer."""
    _check_roles(roles)
    with acting(actor):
        user = _lock(user)
        if Role.ADMINISTRATOR not in roles:
            _keep_an_administrator(user)
        for name, value in {**details, "roles": sorted(roles)}.items():
            setattr(user, name, value)
        user.save(update_fields=["roles", *details])
        return user


def deactivate(user: User, *, actor: Actor) -> None:
    """End a person's access at once, also where they are signed in. What they did keeps their name.

    Their sessions are gone, so that none comes back with them.
    """
    with acting(actor):
        user = _lock(user)
        if actor.user_id == user.pk:
            raise PeopleRefused("You cannot deactivate yourself.")
        _keep_an_administrator(user)
        User.objects.filter(pk=user.pk).update(is_active=False)
        sessions.end_all(user)


def activate(user: User, *, actor: Actor) -> None:
    with acting(actor):
        User.objects.filter(pk=user.pk).update(is_active=True)


def _check_roles(roles: list[str]) -> None:
    if not roles:
        raise PeopleRefused("Choose at least one role.")
    unknown = set(roles) - set(Role)
    if unknown:
        raise PeopleRefused(f"There is no role {', '.join(sorted(unknown))}.")


def _administrators():
    return User.objects.filter(is_active=True, roles__contains=[Role.ADMINISTRATOR])


def _lock(user: User) -> User:
    """Lock the administrators with the person, so that two cannot remove each other at once."""
    people = User.objects.select_for_update(no_key=True).filter(
        pk__in=[user.pk, *_administrators().values_list("pk", flat=True)]
    )
    return {person.pk: person for person in people.order_by("pk")}[user.pk]


def _keep_an_administrator(user: User) -> None:
    if not _administrators().exclude(pk=user.pk).exists():
        raise PeopleRefused("At least one person must stay administrator.")
