extension StoryDraft {
  /// What the clients saw, as bars.
  var picture: [StoryLine] { [] }
}
