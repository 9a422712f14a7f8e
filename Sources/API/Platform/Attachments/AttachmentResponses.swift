import Domain

extension Attachment: JSONWritable {
  package func write(to json: inout JSONWriter) { write(to: &json) { _ in } }

  /// - Parameter more: members between `description` and `fileName`.
  fileprivate func write(to json: inout JSONWriter, _ more: (inout JSONWriter) -> Void) {
    json.object { json in
      json.field("description", description)
      more(&json)
      json.field("fileName", fileName)
      json.field("id", id)
      json.field("mediaType", content.mediaType)
      json.member("removal") { json in
        guard let removal else { return json.null() }
        json.object {
          $0.field("at", removal.at)
          $0.field("by", removal.by.name)
          $0.field("reason", removal.reason)
        }
      }
      json.field("resource", subject.resource.collection)
      json.field("sha256", content.hexadecimal)
      json.field("size", content.size)
      json.field("subjectId", subject.id)
      json.field("subjectNumber", subject.number)
      json.field("uploadedAt", uploadedAt)
      json.field("uploadedBy", uploadedBy.name)
    }
  }
}

/// An attachment with where else its bytes hang.
extension FiledAttachment: JSONWritable {
  package func write(to json: inout JSONWriter) {
    attachment.write(to: &json) { json in
      json.object("elsewhere") { json in
        json.field("hiddenCount", hiddenElsewhere)
        json.array("items", elsewhere) { json, other in
          json.object {
            $0.field("id", other.id)
            $0.field("removed", other.removal != nil)
            $0.field("resource", other.subject.resource.collection)
            $0.field("subjectId", other.subject.id)
            $0.field("subjectNumber", other.subject.number)
            $0.field("uploadedAt", other.uploadedAt)
            $0.field("uploadedBy", other.uploadedBy.name)
          }
        }
      }
    }
  }
}
