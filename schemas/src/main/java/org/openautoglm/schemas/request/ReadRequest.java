package org.openautoglm.schemas.request;

import java.util.List;
import org.openautoglm.schemas.flow.InputKind;
import org.openautoglm.schemas.wire.InferenceRequest;

/**
 * What a reader made of a record: the request as far as it could be read, and what is wrong with
 * it.
 *
 * @param request the request; where there are problems, only what has none
 * @param inputOrder the order of texts and conversations; empty for texts, then conversations
 * @param problems empty for a request that keeps the contract
 */
public record ReadRequest(
    InferenceRequest.Builder request, List<InputKind> inputOrder, Problems problems) {}
