from django.urls import path

from accounts.views import me, teams

urlpatterns = [
    path("profile/", me.profile, name="profile"),
    path("wallets/", me.wallets, name="wallets"),
    path("wallets/<uuid:pk>/removal/", me.unlink_wallet, name="wallet-unlink"),
    path("keys/", me.api_keys, name="api-keys"),
    path("keys/<uuid:pk>/revocation/", me.revoke_key, name="api-key-revoke"),
    path("teams/", teams.team_list, name="team-list"),
    path("teams/<uuid:pk>/", teams.team_detail, name="team-detail"),
    path("teams/<uuid:pk>/name/", teams.rename_team, name="team-rename"),
    path("teams/<uuid:pk>/invitations/", teams.invite, name="team-invite"),
    path(
        "teams/<uuid:pk>/invitations/<uuid:invitation>/revocation/", teams.revoke_invitation, name="invitation-revoke"
    ),
    path("teams/<uuid:pk>/members/<uuid:person>/role/", teams.change_role, name="member-role"),
    path("teams/<uuid:pk>/members/<uuid:person>/removal/", teams.remove_member, name="member-remove"),
    path("teams/<uuid:pk>/departure/", teams.leave_team, name="team-leave"),
    path("teams/<uuid:pk>/audit/", teams.team_audit, name="team-audit"),
    path("invitations/<str:token>/", teams.invitation, name="invitation"),
]
