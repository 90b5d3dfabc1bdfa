/**
 * What operators count. Implements the hub's events with Micrometer; nothing here decides anything.
 */
package io.tideline.telemetry;
