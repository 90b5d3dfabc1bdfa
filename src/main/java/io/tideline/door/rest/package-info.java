/** REST resources under {@code /v1}: publishing, channels, presence, revocations, log-in. */
package io.tideline.door.rest;
