/** A configuration that can't be used. Groups of settings stand beside the code that they rule. */
package io.tideline.config;
