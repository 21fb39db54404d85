from django.urls import path

from rewards.views import earnings, escrows, finance, settlements, solvency, tokens

urlpatterns = [
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/work/", earnings.earning_list, name="earning-list"),
    path("earnings/claim/", earnings.claim, name="claim"),
    path("earnings/thresholds/<uuid:pk>/", earnings.threshold, name="payout-threshold"),
    path("earnings/requests/<int:chain_id>/", earnings.payout_request, name="payout-request"),
    path("escrows/<uuid:pk>/", escrows.escrow, name="escrow"),
    path("escrows/<uuid:pk>/refund/", escrows.escrow_refund, name="escrow-refund"),
    path("settlements/", settlements.settlements, name="settlements"),
    path("settlements/leaves/<str:digest>.json", settlements.leaves, name="leaf-file"),
    path("solvency/", solvency.solvency, name="solvency"),
    path("finance/incidents/", solvency.incidents, name="finance-incidents"),
    path("finance/incidents/<uuid:pk>/resolution/", solvency.incident_resolution, name="finance-incident-resolution"),
    path("finance/chains/", solvency.chain_list, name="finance-chains"),
    path("finance/tokens/", tokens.token_list, name="finance-tokens"),
    path("finance/tokens/<uuid:pk>/smallest-push/", tokens.smallest_push, name="finance-token-smallest-push"),
    path("finance/", finance.overview, name="finance"),
    path("finance/batches/", finance.batches, name="finance-batches"),
    path("finance/batches/<uuid:pk>/", finance.batch_detail, name="finance-batch"),
    path("finance/batches/<uuid:pk>/hold/", finance.batch_hold, name="finance-batch-hold"),
    path("finance/batches/<uuid:pk>/resumption/", finance.batch_resumption, name="finance-batch-resumption"),
    path("finance/intents/<int:pk>/resumption/", finance.intent_resumption, name="finance-intent-resumption"),
    path("finance/chains/<int:chain_id>/stop/", finance.chain_stop, name="finance-chain-stop"),
    path("finance/chains/<int:chain_id>/resumption/", finance.chain_resumption, name="finance-chain-resumption"),
    path("finance/escrows/", finance.escrows, name="finance-escrows"),
    path("finance/escrows/<uuid:pk>/", finance.escrow_detail, name="finance-escrow"),
]
