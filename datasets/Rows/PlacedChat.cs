namespace Vlm.Datasets;

/// <summary>A chat in which every image has one place.</summary>
/// <param name="Turns">System, user and assistant turns; images stand in user turns alone.</param>
/// <param name="Images">One for each place, in order: a path, or the bytes.</param>
internal sealed record PlacedChat(IReadOnlyList<Message> Turns, IReadOnlyList<object> Images)
{
    /// <summary>Puts the images of a row into its turns.</summary>
    /// <exception cref="UsageException">
    /// There are more or fewer places than images, an image stands in an answer, or a text holds what a model takes for one.
    /// </exception>
    public static PlacedChat Of(IReadOnlyList<Message> turns, IReadOnlyList<object?> inside, IReadOnlyList<RowImage> beside, Row row)
    {
        CheckOrder(turns, row);
        int named = 0;
        Piece[][] pieces = [.. turns.Select(turn => Pieces(turn).ToArray())];
        foreach ((Message turn, Piece[] mine) in turns.Zip(pieces))
            CheckTurn(turn, mine, row);
        Piece[] places = [.. pieces.SelectMany(mine => mine).Where(piece => piece.Text is null)];
        object[] inTurns = [.. places.Select(place => place.Image).OfType<object>()];
        if (inTurns.Length > 0 && beside.Count > 0 && inTurns.Length != beside.Count)
            throw row.Wrong(
                $"the row lists {beside.Count} images and its messages name {inTurns.Length}", "name each image once");
        if (places.Any(place => place.Number > 0))
            return Numbered(turns, pieces, places, beside, row);
        object[] images = beside.Count > 0 ? [.. beside.Select(image => image.Value)] : inTurns;
        return new(Placed(turns, pieces, places, images.Length, row), images);

        IEnumerable<Piece> Pieces(Message turn) => turn.Content.SelectMany(part => part.Text is { } text
            ? Marks.Split(text) : [new Piece(null) { Image = inside.ElementAtOrDefault(named++) }]);
    }

    /// <summary>The number of image places before a turn.</summary>
    public int PlacesBefore(int turn) => Turns.Take(turn).Sum(message => message.Content.Count(part => part.IsImage));

    /// <summary>The text of a turn.</summary>
    public string TextOf(int turn) => string.Concat(Turns[turn].Content.Select(part => part.Text));

    // A file that has both a place and a mark for one image (as LLaVA's rows do) means one image.
    private static Message[] Placed(IReadOnlyList<Message> turns, Piece[][] pieces, Piece[] places, int images, Row row)
    {
        int marks = places.Count(place => place.IsMark), parts = places.Length - marks;
        if (parts == images && (marks == 0 || images > 0))
            return [.. turns.Zip(pieces, (turn, mine) => With(turn, mine.Where(piece => !piece.IsMark)))];
        if (places.Length == images)
            return [.. turns.Zip(pieces, With)];
        if (places.Length == 0)
            return InFront([.. turns.Zip(pieces, With)], images);
        throw row.Wrong(
            $"the messages have {places.Length} places for {images} images",
            "one place for each image, or none: then they come before the first question");
    }

    // MMMU: marks name their images by number, and one image may stand in two places.
    private static PlacedChat Numbered(
        IReadOnlyList<Message> turns, Piece[][] pieces, Piece[] places, IReadOnlyList<RowImage> beside, Row row)
    {
        if (places.Any(place => place.Number == 0))
            throw row.Wrong("some images are marked by number and some are not", "<image 1>, <image 2> ... for all, or <image> for all");
        RowImage?[] asked = [.. places.Select(place => beside.FirstOrDefault(image => image.Number == place.Number)
            ?? (beside.All(image => image.Number == 0) ? beside.ElementAtOrDefault(place.Number - 1) : null))];
        if (Array.IndexOf(asked, null) is >= 0 and var missing)
            throw row.Wrong($"<image {places[missing].Number}> stands for an image that the row does not have", "an image for each mark");
        if (beside.Except(asked).FirstOrDefault() is { } unplaced)
            throw row.Wrong($"image {(unplaced.Number > 0 ? unplaced.Number : 1)} has no place in the texts", "a mark for each image: <image 1>");
        return new([.. turns.Zip(pieces, With)], [.. asked.Select(image => image!.Value)]);
    }

    private static Message With(Message turn, IEnumerable<Piece> pieces) =>
        turn with { Content = [.. pieces.Select(piece => new Content(piece.Text))] };

    private static Message With(Message turn, Piece[] pieces) => With(turn, pieces.AsEnumerable());

    private static Message[] InFront(Message[] turns, int images)
    {
        int first = Array.FindIndex(turns, turn => turn.Role == "user");
        IEnumerable<Content> places = Enumerable.Repeat(Content.Image, images);
        return [.. turns.Select((turn, i) => i == first ? turn with { Content = [.. places, .. turn.Content] } : turn)];
    }

    private static void CheckOrder(IReadOnlyList<Message> turns, Row row)
    {
        int question = turns.ToList().FindIndex(turn => turn.Role == "user");
        int answer = turns.ToList().FindIndex(turn => turn.Role == "assistant");
        if (question < 0 || (answer >= 0 && answer < question))
            throw row.Wrong("the conversation has no answer to a question", "a user's turn, then an assistant's");
        if (turns.ToList().FindLastIndex(turn => turn.Role == "system") > 0)
            throw row.Wrong("a system turn stands inside the conversation", "one system turn, before all others");
    }

    private static void CheckTurn(Message turn, Piece[] pieces, Row row)
    {
        foreach (Piece piece in pieces)
            if (piece.Text is null && turn.Role != "user")
                throw row.Wrong($"an image stands in a turn of the {turn.Role}", "images in the user's turns alone");
            else if (piece.Text is { } named && Marks.OfObject(named) is { } mark)
                throw row.Wrong(
                    $"a text holds {mark}, and no column says what stands there", "objects: {ref: [name, ...], bbox: [[x1, y1, x2, y2], ...]}");
            else if (piece.Text is { } text && Marks.Foreign(text) is { } token)
                throw row.Wrong(
                    $"a text holds {token}, which a model takes for more than text", $"{Marks.Image} where an image stands, and no tokens of templates");
        if (turn.Role == "assistant" && pieces.All(piece => string.IsNullOrWhiteSpace(piece.Text)))
            throw row.Wrong("an answer is empty", "a text in every assistant turn");
    }
}
