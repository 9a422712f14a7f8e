/// A file on a document: who brought which bytes when (domain.md section 3). Never changed; taking it off marks it with a
/// reason and keeps it (REC-10).
package struct Attachment: Hashable, Sendable {
  package typealias ID = Identifier<Attachment>

  /// What may be attached; raw values are media types as clients send and get them.
  package enum MediaType: String, Hashable, Sendable, CaseIterable {
    case jpeg = "image/jpeg"
    case png = "image/png"
    case webp = "image/webp"
    case heic = "image/heic"
    case pdf = "application/pdf"
    case mp4 = "video/mp4"
    case text = "text/plain"
    case csv = "text/csv"

    /// What clients announce that know no better; the bytes say what they are.
    package static let bytes = "application/octet-stream"

    /// The type of a file whose bytes are of `found`: text is a table where its name says so.
    package static func named(_ name: String, found: MediaType) -> MediaType {
      found == .text && name.lowercased().hasSuffix(".csv") ? .csv : found
    }

    /// The usual ending of file names, without the dot, and what else is understood.
    package var extensions: [String] {
      switch self {
      case .jpeg: ["jpg", "jpeg"]
      case .png: ["png"]
      case .webp: ["webp"]
      case .heic: ["heic", "heif"]
      case .pdf: ["pdf"]
      case .mp4: ["mp4", "m4v"]
      case .text: ["txt", "log"]
      case .csv: ["csv"]
      }
    }
  }

  /// Taken off the document: by whom, when and why.
  package struct Removal: Hashable, Sendable {
    package let at: Timestamp
    package let by: RecordStamp.Author
    package let reason: String

    package init(at: Timestamp, by: RecordStamp.Author, reason: String) {
      self.at = at
      self.by = by
      self.reason = reason
    }
  }

  package let id: ID
  package let subject: DocumentSubject
  package let content: Content
  /// As the sender named it, without folders.
  package let fileName: String
  package let description: String?
  package let uploadedAt: Timestamp
  package let uploadedBy: RecordStamp.Author
  package let removal: Removal?

  package init(
    id: ID, subject: DocumentSubject, content: Content, fileName: String, description: String?,
    uploadedAt: Timestamp, uploadedBy: RecordStamp.Author, removal: Removal? = nil
  ) {
    self.id = id
    self.subject = subject
    self.content = content
    self.fileName = fileName
    self.description = description
    self.uploadedAt = uploadedAt
    self.uploadedBy = uploadedBy
    self.removal = removal
  }

  /// What a downloaded file is called: the given name, with the ending of its type if it has another one.
  package var downloadName: String {
    let ending = fileName.split(separator: ".").last.map { $0.lowercased() } ?? ""
    let type = content.mediaType
    return fileName.contains(".") && type.extensions.contains(ending) ? fileName : "\(fileName).\(type.extensions[0])"
  }
}

extension Attachment {
  /// The bytes, without the bytes.
  package struct Content: Hashable, Sendable {
    /// SHA-256, 32 bytes: the same content has the same hash wherever it hangs.
    package let hash: [UInt8]
    package let size: Int
    package let mediaType: MediaType

    package init(hash: [UInt8], size: Int, mediaType: MediaType) {
      self.hash = hash
      self.size = size
      self.mediaType = mediaType
    }

    /// 64 lower-case hexadecimal digits.
    package var hexadecimal: String {
      hash.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
    }
  }
}

/// An attachment with where else the same bytes hang: a photograph that was claimed with before (CLM-08).
package struct FiledAttachment: Hashable, Sendable {
  package let attachment: Attachment
  /// On other documents that the caller may see, the oldest first, at most `shownElsewhere`.
  package let elsewhere: [Attachment]
  /// How many more there are: beyond the limit, or on documents that the caller may not see.
  package let hiddenElsewhere: Int

  package static let shownElsewhere = 20

  package init(attachment: Attachment, elsewhere: [Attachment], hiddenElsewhere: Int) {
    self.attachment = attachment
    self.elsewhere = elsewhere
    self.hiddenElsewhere = hiddenElsewhere
  }
}

/// What a sender says about his file.
package struct AttachmentDraft: Hashable, Sendable {
  package let fileName: String
  package let description: String?
  /// As it was announced; `nil`: the bytes say it.
  package let mediaType: Attachment.MediaType?

  package init(fileName: String, description: String?, mediaType: Attachment.MediaType?) {
    self.fileName = fileName
    self.description = description
    self.mediaType = mediaType
  }
}
