"""Files in and out: syncer.yaml, domain documents, receipts, plan files, exports."""
