/** Where a record stands in Kafka, and how that is written in headers and ids. */
package org.openautoglm.schemas.coordinates;
