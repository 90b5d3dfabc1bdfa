/** Identities from tokens and client certificates: who it is, and what the credential allows. */
package io.tideline.identity;
