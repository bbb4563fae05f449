-- A transaction that comes again takes the place of the earlier one, whatever its day.

DELETE FROM transactions AS earlier WHERE EXISTS (
    SELECT 1 FROM transactions later WHERE later.user_id = earlier.user_id
        AND later.transaction_id = earlier.transaction_id AND later.posted_on > earlier.posted_on
);

CREATE UNIQUE INDEX transaction_ids ON transactions (user_id, transaction_id);
