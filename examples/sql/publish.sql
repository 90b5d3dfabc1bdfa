-- SPDX-License-Identifier: Apache-2.0
-- The message appears exactly if, and when, the transaction commits.
begin;
select tideline.publish('orders:42', '{"status":"paid"}'::jsonb);
commit;
