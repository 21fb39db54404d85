from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from accounts import siwe
from accounts.domain import wallet
from accounts.exceptions import AccountsError, ChallengeRefused
from accounts.models import AuditEntry, User, Wallet, WalletChallenge
from accounts.tests.factories import make_person, make_signer, make_wallet

SIGN_IN = WalletChallenge.Purpose.SIGN_IN
LINK = WalletChallenge.Purpose.LINK
CHANGE_PAYOUT = WalletChallenge.Purpose.CHANGE_PAYOUT
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def redeem(challenge, signer, *, message=None, signature=None, purpose=SIGN_IN, binding="mine", user=None):
    message = challenge.message if message is None else message
    return wallet.redeem_challenge(
        message, signature=signature or signer.sign(message), purpose=purpose, binding=binding, user=user
    )


@pytest.mark.django_db
def test_message_is_an_eip_4361_message_for_this_site(settings):
    signer = make_signer()

    challenge = wallet.issue_challenge(signer.address.lower(), purpose=SIGN_IN, binding="mine")

    issued, expires = (siwe._moment(each) for each in (challenge.issued_at, challenge.expires_at))
    assert challenge.message == (
        "localhost:8000 wants you to sign in with your Ethereum account:\n"
        f"{signer.address}\n\n"
        "Sign in to Foggara with this wallet. This costs nothing and moves nothing.\n\n"
        "URI: http://localhost:8000/\n"
        "Version: 1\n"
        f"Chain ID: {settings.CHAIN_ID}\n"
        f"Nonce: {challenge.nonce}\n"
        f"Issued At: {issued}\n"
        f"Expiration Time: {expires}\n"
        "Request ID: sign_in"
    )
    assert challenge.expires_at - challenge.issued_at == timedelta(minutes=10)


@pytest.mark.django_db
def test_signed_challenge_proves_the_wallet_and_is_consumed():
    signer = make_signer()
    challenge = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")

    proof = redeem(challenge, signer)

    challenge.refresh_from_db()
    assert proof == wallet.Proof(signer.address, is_contract=False)
    assert challenge.consumed_at is not None


TAMPERED = {
    "another domain": ("localhost:8000 wants", "evil.example wants"),
    "another URI": ("URI: http://localhost:8000/", "URI: https://evil.example/"),
    "another version": ("Version: 1", "Version: 2"),
    "another chain": ("Chain ID: 31337", "Chain ID: 1"),
    "issued in 2020": ("Issued At: 20", "Issued At: 2020-01-01T00:00:00Z\nX: "),
    "issued in 2099": ("Issued At: 20", "Issued At: 2099-01-01T00:00:00Z\nX: "),
    "another statement": ("moves nothing", "moves everything"),
    "another purpose": ("Request ID: sign_in", "Request ID: link"),
    "a resource more": ("Request ID: sign_in", "Request ID: sign_in\nResources:\n- https://evil.example"),
    "carriage returns": ("\n", "\r\n"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", TAMPERED)
def test_redeem_refuses_a_correctly_signed_message_with(name):
    signer = make_signer()
    challenge = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")
    old, new = TAMPERED[name]
    message = challenge.message.replace(old, new)
    assert message != challenge.message

    with pytest.raises(ChallengeRefused):
        redeem(challenge, signer, message=message)

    challenge.refresh_from_db()
    assert challenge.consumed_at is None


@pytest.mark.django_db
def test_redeem_refuses_a_message_without_an_expiry():
    signer = make_signer()
    challenge = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")
    lines = [line for line in challenge.message.split("\n") if not line.startswith("Expiration Time")]

    with pytest.raises(ChallengeRefused):
        redeem(challenge, signer, message="\n".join(lines))


@pytest.mark.django_db
def test_redeem_refuses_another_address_that_signs_for_itself():
    signer, attacker = make_signer(), make_signer()
    challenge = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")

    with pytest.raises(ChallengeRefused):
        redeem(challenge, attacker, message=challenge.message.replace(signer.address, attacker.address))
    with pytest.raises(ChallengeRefused):
        redeem(challenge, attacker)


@pytest.mark.django_db
def test_redeem_refuses_a_replay():
    signer = make_signer()
    challenge = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")
    redeem(challenge, signer)

    with pytest.raises(ChallengeRefused, match="used already"):
        redeem(challenge, signer)


@pytest.mark.django_db
def test_redeem_refuses_another_session():
    signer = make_signer()
    challenge = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="victim")

    with pytest.raises(ChallengeRefused):
        redeem(challenge, signer, binding="attacker")


@pytest.mark.django_db
@pytest.mark.parametrize(("issued_for", "used_for"), [(LINK, SIGN_IN), (LINK, CHANGE_PAYOUT), (CHANGE_PAYOUT, LINK)])
def test_redeem_refuses_another_purpose(issued_for, used_for):
    signer, person = make_signer(), make_person()
    challenge = wallet.issue_challenge(signer.address, purpose=issued_for, binding="mine", user=person)

    with pytest.raises(ChallengeRefused):
        redeem(challenge, signer, purpose=used_for, user=None if used_for == SIGN_IN else person)


@pytest.mark.django_db
def test_redeem_refuses_another_person():
    signer, person, outsider = make_signer(), make_person(), make_person()
    challenge = wallet.issue_challenge(signer.address, purpose=LINK, binding="mine", user=person)

    with pytest.raises(ChallengeRefused):
        redeem(challenge, signer, purpose=LINK, user=outsider)


@pytest.mark.django_db
@pytest.mark.parametrize("shift", [timedelta(minutes=-11), timedelta(days=365)])
def test_redeem_refuses_outside_of_the_time_window(shift):
    signer = make_signer()
    challenge = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")
    WalletChallenge.objects.update(issued_at=challenge.issued_at + shift, expires_at=challenge.expires_at + shift)

    with pytest.raises(ChallengeRefused, match="expired"):
        redeem(challenge, signer)


@pytest.mark.django_db
def test_redeem_refuses_a_challenge_of_another_site_or_chain(settings):
    signer = make_signer()
    elsewhere = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")
    settings.SITE_URL = "https://foggara.example"
    with pytest.raises(ChallengeRefused):
        redeem(elsewhere, signer)

    here = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")
    settings.CHAIN_ID = 1
    with pytest.raises(ChallengeRefused):
        redeem(here, signer)


@pytest.mark.django_db
def test_redeem_refuses_the_high_s_twin_of_a_signature():
    signer = make_signer()
    challenge = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")
    raw = bytes.fromhex(signer.sign(challenge.message)[2:])
    twin = raw[:32] + (ORDER - int.from_bytes(raw[32:64])).to_bytes(32) + bytes([27 + 28 - raw[64]])

    with pytest.raises(ChallengeRefused):
        redeem(challenge, signer, signature="0x" + twin.hex())

    assert redeem(challenge, signer).address == signer.address


@pytest.mark.django_db
@pytest.mark.parametrize(
    "signature", ["0x", "nonsense", "0x" + "00" * 65, "0x" + "ff" * 65, "0x" + "11" * 64, "0x" + "22" * 9000]
)
def test_redeem_refuses_what_is_no_signature(signature):
    signer = make_signer()
    challenge = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")

    with pytest.raises(ChallengeRefused):
        redeem(challenge, signer, signature=signature)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "0x12", "vitalik.eth", "0x" + "g" * 40, "0x" + "aB" * 20])
def test_issue_refuses_what_is_no_address(address):
    with pytest.raises(ChallengeRefused) as caught:
        wallet.issue_challenge(address, purpose=SIGN_IN, binding="mine")

    assert caught.value.field == "address"


@pytest.mark.django_db
def test_linking_needs_a_person_and_signing_in_a_stranger():
    signer = make_signer()

    with pytest.raises(ChallengeRefused):
        wallet.issue_challenge(signer.address, purpose=LINK, binding="mine")
    with pytest.raises(ChallengeRefused):
        wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine", user=make_person())


@pytest.mark.django_db(transaction=True)
def test_a_nonce_used_twice_at_once_is_redeemed_once():
    signer = make_signer()
    challenge = wallet.issue_challenge(signer.address, purpose=SIGN_IN, binding="mine")
    signature = signer.sign(challenge.message)
    outcomes = []
    together = Barrier(4)

    def try_it():
        together.wait()
        try:
            outcomes.append(redeem(challenge, signer, signature=signature).address)
        except ChallengeRefused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=try_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == sorted([signer.address, *["challenge_refused"] * 3])


@pytest.mark.django_db
def test_stranger_gets_an_account_whose_wallet_is_paid():
    signer = make_signer()

    user, is_new = wallet.person_of_wallet(wallet.Proof(signer.address, is_contract=False))

    assert (is_new, user.email, user.has_usable_password()) == (True, None, False)
    assert list(user.wallets.values_list("address", "is_payout")) == [(signer.address, True)]
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["wallet.linked", "user.signed_up"]


@pytest.mark.django_db
def test_known_wallet_finds_its_person():
    person = make_person()
    linked = make_wallet(person)

    assert wallet.person_of_wallet(wallet.Proof(linked.address, is_contract=False)) == (person, False)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_first_linked_wallet_becomes_the_payout_wallet_and_the_second_does_not():
    person = make_person()

    first = wallet.link_wallet(person, proof=wallet.Proof(make_signer().address, is_contract=False))
    second = wallet.link_wallet(person, proof=wallet.Proof(make_signer().address, is_contract=True))

    assert (first.is_payout, second.is_payout, second.is_contract) == (True, False, True)
    assert AuditEntry.objects.filter(action="wallet.linked").count() == 2


@pytest.mark.django_db
def test_linking_the_same_wallet_again_is_harmless_and_another_persons_is_refused():
    person, outsider = make_person(), make_person()
    proof = wallet.Proof(make_signer().address, is_contract=False)
    linked = wallet.link_wallet(person, proof=proof)

    assert wallet.link_wallet(person, proof=proof) == linked
    with pytest.raises(AccountsError) as caught:
        wallet.link_wallet(outsider, proof=proof)

    assert caught.value.code == "wallet_taken"


@pytest.mark.django_db(transaction=True)
def test_two_wallets_linked_at_once_leave_one_payout_wallet():
    person = make_person()
    together = Barrier(2)

    def link():
        together.wait()
        wallet.link_wallet(person, proof=wallet.Proof(make_signer().address, is_contract=False))
        connection.close()

    threads = [Thread(target=link) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(Wallet.objects.values_list("is_payout", flat=True)) == [False, True]


@pytest.mark.django_db
def test_choose_payout_wallet_moves_the_mark_leaves_a_trace_and_writes_a_letter(
    django_capture_on_commit_callbacks, mailoutbox
):
    person = make_person()
    before, after = make_wallet(person), make_wallet(person)

    with django_capture_on_commit_callbacks(execute=True):
        wallet.choose_payout_wallet(after, proof=wallet.Proof(after.address, is_contract=False))

    assert list(person.wallets.filter(is_payout=True)) == [after]
    entry = AuditEntry.objects.get(action="wallet.payout_changed")
    assert entry.changes == {"address": [before.address, after.address]}
    assert [letter.to for letter in mailoutbox] == [[person.email]]
    assert after.address in mailoutbox[0].body


@pytest.mark.django_db
def test_choose_payout_wallet_refuses_a_proof_of_another_wallet():
    person = make_person()
    before, after = make_wallet(person), make_wallet(person)

    with pytest.raises(ChallengeRefused):
        wallet.choose_payout_wallet(after, proof=wallet.Proof(before.address, is_contract=False))


@pytest.mark.django_db
def test_unlink_refuses_the_payout_wallet():
    person = make_person()
    payout = make_wallet(person)

    with pytest.raises(AccountsError) as caught:
        wallet.unlink_wallet(payout, by=person)

    assert caught.value.code == "payout_wallet"


@pytest.mark.django_db
def test_unlink_refuses_the_only_way_in():
    person = make_person(email=None)
    only = make_wallet(person, is_payout=False)

    with pytest.raises(AccountsError) as caught:
        wallet.unlink_wallet(only, by=person)

    assert caught.value.code == "only_way_in"


@pytest.mark.django_db
def test_unlink_gives_a_spare_wallet_up_and_leaves_a_trace():
    person = make_person()
    make_wallet(person)
    spare = make_wallet(person)

    wallet.unlink_wallet(spare, by=person)

    assert not Wallet.objects.filter(pk=spare.pk).exists()
    assert AuditEntry.objects.get(action="wallet.unlinked").changes == {"address": spare.address}


@pytest.mark.django_db
def test_forgotten_challenges_are_the_old_ones():
    from accounts.domain.forgetting import forget_expired

    old = wallet.issue_challenge(make_signer().address, purpose=SIGN_IN, binding="mine")
    WalletChallenge.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(days=2))
    young = wallet.issue_challenge(make_signer().address, purpose=SIGN_IN, binding="mine")

    assert forget_expired()["challenges"] == 1
    assert list(WalletChallenge.objects.all()) == [young]
