from django.urls import path

from accounts.api import identity, me, sign_in, teams

urlpatterns = [
    path("auth/signup/", sign_in.SignUpView.as_view(), name="api-signup"),
    path("auth/token/", sign_in.TokenView.as_view(), name="api-token"),
    path("auth/wallet/challenge/", sign_in.WalletChallengeView.as_view(), name="api-wallet-challenge"),
    path("auth/wallet/verify/", sign_in.WalletVerifyView.as_view(), name="api-wallet-verify"),
    path("languages/", me.LanguagesView.as_view(), name="api-languages"),
    path("me/", me.ProfileView.as_view(), name="api-me"),
    path("me/prefs/", me.PrefsView.as_view(), name="api-prefs"),
    path("me/wallets/", me.WalletsView.as_view(), name="api-wallets"),
    path("me/wallets/<uuid:pk>/", me.WalletView.as_view(), name="api-wallet"),
    path("me/wallets/<uuid:pk>/payout/", me.PayoutWalletView.as_view(), name="api-wallet-payout"),
    path("me/keys/", me.KeysView.as_view(), name="api-key-list"),
    path("me/keys/<uuid:pk>/", me.KeyView.as_view(), name="api-key"),
    path("teams/", teams.TeamsView.as_view(), name="api-teams"),
    path("teams/<uuid:pk>/", teams.TeamView.as_view(), name="api-team"),
    path("teams/<uuid:pk>/members/", teams.MembersView.as_view(), name="api-members"),
    path("teams/<uuid:pk>/members/<uuid:person>/", teams.MemberView.as_view(), name="api-member"),
    path("teams/<uuid:pk>/membership/", teams.OwnMembershipView.as_view(), name="api-own-membership"),
    path("teams/<uuid:pk>/invitations/", teams.InvitationsView.as_view(), name="api-invitations"),
    path("teams/<uuid:pk>/invitations/<uuid:invitation>/", teams.InvitationView.as_view(), name="api-invitation"),
    path("teams/<uuid:pk>/audit/", teams.TeamAuditView.as_view(), name="api-team-audit"),
    path("invitations/acceptance/", teams.AcceptView.as_view(), name="api-accept-invitation"),
    *identity.urlpatterns(),
]
