/// How often one fault of one part of one model was complained about (QI-30).
package struct DefectGroup: Hashable, Sendable {
  package let modelID: VehicleModel.ID
  package let modelCode: String
  package let partNumber: String?
  package let faultCode: String?
  package let occurrences: Int
  package let firstAt: Timestamp
  package let lastAt: Timestamp

  package init(
    modelID: VehicleModel.ID, modelCode: String, partNumber: String?, faultCode: String?, occurrences: Int,
    firstAt: Timestamp, lastAt: Timestamp
  ) {
    self.modelID = modelID
    self.modelCode = modelCode
    self.partNumber = partNumber
    self.faultCode = faultCode
    self.occurrences = occurrences
    self.firstAt = firstAt
    self.lastAt = lastAt
  }
}

/// What is counted; conditions combine with and.
package struct DefectGroupFilter: Hashable, Sendable {
  package let from: Timestamp
  package let before: Timestamp
  package let modelID: VehicleModel.ID?
  package let partNumber: String?
  package let faultCode: String?
  package let limit: Int

  package init(
    from: Timestamp, before: Timestamp, modelID: VehicleModel.ID?, partNumber: String?, faultCode: String?, limit: Int
  ) {
    self.from = from
    self.before = before
    self.modelID = modelID
    self.partNumber = partNumber
    self.faultCode = faultCode
    self.limit = limit
  }
}
