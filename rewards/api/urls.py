from django.urls import path

from rewards.api import escrows, finance, me, permits, public, solvency

urlpatterns = [
    path("me/balances/", me.BalancesView.as_view(), name="api-balances"),
    path("me/earnings/", me.EarningsView.as_view(), name="api-earnings"),
    path("me/payouts/", me.PayoutsView.as_view(), name="api-payouts"),
    path("me/claims/", me.ClaimsView.as_view(), name="api-claims"),
    path("me/payout-thresholds/<uuid:pk>/", me.ThresholdView.as_view(), name="api-payout-threshold"),
    path("me/payout-requests/<int:chain_id>/", me.PayoutRequestView.as_view(), name="api-payout-request"),
    path("tokens/", public.TokensView.as_view(), name="api-tokens"),
    path("tokens/<uuid:pk>/smallest-push/", finance.SmallestPushView.as_view(), name="api-token-smallest-push"),
    path("chains/", public.ChainsView.as_view(), name="api-chains"),
    path("chains/<int:chain_id>/stop/", finance.ChainStopView.as_view(), name="api-chain-stop"),
    path("chains/<int:chain_id>/resumption/", finance.ChainResumptionView.as_view(), name="api-chain-resumption"),
    path("faucet/", public.FaucetView.as_view(), name="api-faucet"),
    path("escrows/", escrows.EscrowsView.as_view(), name="api-escrows"),
    path("escrows/<uuid:pk>/", escrows.EscrowView.as_view(), name="api-escrow"),
    path("escrows/<uuid:pk>/funding/", escrows.FundingView.as_view(), name="api-escrow-funding"),
    path("escrows/<uuid:pk>/refund/", escrows.RefundView.as_view(), name="api-escrow-refund"),
    path("escrows/<uuid:pk>/permit/", permits.PermitView.as_view(), name="api-escrow-permit"),
    path("escrows/<uuid:pk>/deposits/", escrows.DepositsView.as_view(), name="api-deposits"),
    path("solvency/", solvency.SolvencyView.as_view(), name="api-solvency"),
    path("settlement/incidents/", solvency.IncidentsView.as_view(), name="api-incidents"),
    path(
        "settlement/incidents/<uuid:pk>/resolution/",
        solvency.IncidentResolutionView.as_view(),
        name="api-incident-resolution",
    ),
    path("settlement/batches/", public.BatchesView.as_view(), name="api-batches"),
    path("settlement/batches/<uuid:pk>/", public.BatchView.as_view(), name="api-batch"),
    path("settlement/batches/<uuid:pk>/leaves/", public.LeavesView.as_view(), name="api-batch-leaves"),
    path("settlement/batches/<uuid:pk>/hold/", finance.BatchHoldView.as_view(), name="api-batch-hold"),
    path(
        "settlement/batches/<uuid:pk>/resumption/", finance.BatchResumptionView.as_view(), name="api-batch-resumption"
    ),
    path("settlement/intents/", finance.IntentsView.as_view(), name="api-intents"),
    path(
        "settlement/intents/<int:pk>/resumption/", finance.IntentResumptionView.as_view(), name="api-intent-resumption"
    ),
    path("settlement/ledger/", finance.LedgerView.as_view(), name="api-ledger"),
]
