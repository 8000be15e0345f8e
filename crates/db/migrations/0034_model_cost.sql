-- What an exchange with a language model cost, in 10^-12 of a currency's unit, and the price it was reckoned by: both as they
-- were then, since prices change. No price: none was configured. A price and no cost: nobody told how many tokens it took.
ALTER TABLE model_exchange ADD COLUMN cost_pico BIGINT;
ALTER TABLE model_exchange ADD COLUMN currency TEXT;
ALTER TABLE model_exchange ADD COLUMN price TEXT;
CREATE INDEX model_exchange_at ON model_exchange (client_id, at_ms);
