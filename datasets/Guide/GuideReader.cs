namespace Vlm.Datasets;

/// <summary>Reads the tokens of a guide's text by recursive descent, and keeps what it found where they leave the grammar.</summary>
internal sealed class GuideReader
{
    private readonly IReadOnlyList<string> _tokens;
    private readonly int?[] _made = new int?[GuidePlan.Options.Count];
    private readonly List<GuideMention> _objects = [];
    private readonly GuideChoice?[] _choices;
    private int _at;
    private string? _role, _problem;

    private GuideReader(IReadOnlyList<string> tokens) => (_tokens, _choices) = (tokens, new GuideChoice?[tokens.Count + 1]);

    /// <summary>What is read of names of concepts and full stops.</summary>
    public static GuideReading Read(IReadOnlyList<string> tokens)
    {
        var reader = new GuideReader(tokens);
        bool whole = reader.Registered() && reader.Opened() && reader.Addressed() && reader.Listed() && reader.Closed();
        if (whole && reader._at < tokens.Count)
            reader.Wrong("the end of the text");
        return new(reader._made, reader._objects, reader._role, reader._choices[..(reader._at + 1)], reader._problem);
    }

    private int Register => _made[(int)GuideChoice.Register]!.Value;

    private string Token => _at < _tokens.Count ? _tokens[_at] : "";

    private bool Registered() => Choose(GuideChoice.Register, GuideWords.Registers);

    private bool Opened() => ChoosePhrase(GuideChoice.Opener, GuideWords.Openers);

    private bool Addressed()
    {
        string[] address = GuideWords.Addresses[Register];
        if (!Choose(GuideChoice.Address, [GuideWords.Stop, address[0]]))
            return false;
        if (_made[(int)GuideChoice.Address] == (int)GuideAddress.None)
            return true;
        if (!Take(address[1]) || !TakeOne(GuideRoles.All, "a role", out string role))
            return false;
        _role = role;
        return Take(GuideWords.Stop);
    }

    private bool Listed()
    {
        if (!Choose(GuideChoice.Order, [.. GuideWords.Connectives.Select(order => order[Register][0])]))
            return false;
        string[] connectives = GuideWords.Connectives[_made[(int)GuideChoice.Order]!.Value][Register];
        bool more = Named(0), last = false;
        for (int position = 1; more && !last; position++)
        {
            more = TakeOne([connectives[position], connectives[^1]], "the next object", out string taken);
            last = taken == connectives[^1];
            if (more)
                _made[(int)GuideChoice.Attributes] = (_objects[0].Size is null ? 0 : 1) + (_objects[0].Place is null ? 0 : 2);
            more = more && Named(last ? connectives.Length - 1 : position);
        }

        return more && Take(GuideWords.Stop);
    }

    private bool Closed() => ChoosePhrase(GuideChoice.Closing, GuideWords.Closings) && Take(GuideWords.Stop);

    private bool Named(int position)
    {
        GuideMention? first = _objects.Count > 0 ? _objects[0] : null;
        string? size = null, place = null;
        if (!Take(GuideWords.Articles[Register][position]))
            return false;
        bool sized = first is { } one ? one.Size is not null : Chosen(GuideWords.Sizes);
        if (sized && !TakeOne(GuideWords.Sizes, "a size", out size))
            return false;
        if (!TakeOne(GuideWords.Colors, "a color", out string color) || !TakeOne(GuideWords.Shapes, "a shape", out string shape))
            return false;
        bool placed = first is { } other ? other.Place is not null : Chosen(GuideWords.Places);
        if (placed && !TakeOne(GuideWords.Places, "a place", out place))
            return false;
        _objects.Add(new(size, color, shape, place));
        return true;
    }

    // Every object has the attributes of the first.
    private bool Chosen(string[] words)
    {
        Mark(GuideChoice.Attributes);
        return words.Contains(Token);
    }

    private bool ChoosePhrase(GuideChoice choice, string[][][] phrases)
    {
        string[][] ours = [.. phrases.Select(option => option[Register])];
        return Choose(choice, [.. ours.Select(phrase => phrase[0])]) && ours[_made[(int)choice]!.Value].Skip(1).All(Take);
    }

    private bool Choose(GuideChoice choice, string[] words)
    {
        Mark(choice);
        int option = Array.IndexOf(words, Token);
        if (option < 0)
            return Wrong($"a word that chooses the {choice.ToString().ToLowerInvariant()}");
        _made[(int)choice] = option;
        _at++;
        return true;
    }

    private bool Take(string word) => TakeOne([word], word == GuideWords.Stop ? "a full stop" : $"'{word}'", out _);

    private bool TakeOne(IReadOnlyList<string> words, string what, out string taken)
    {
        taken = Token;
        if (!words.Contains(taken))
            return Wrong(what);
        _at++;
        return true;
    }

    private void Mark(GuideChoice choice) => _choices[_at] = choice;

    private bool Wrong(string wanted)
    {
        _problem = $"token {_at + 1} is not {wanted}";
        return false;
    }
}
