namespace Vlm.Text.Jinja;

/// <summary>What stands in brackets with commas between: lists, dictionaries, arguments.</summary>
internal sealed class ListParser(TokenReader tokens, Func<Node> read)
{
    /// <summary>Items up to a closing bracket.</summary>
    public List<Node> Items(string close)
    {
        var items = new List<Node>();
        while (!tokens.Accept(close))
        {
            if (items.Count > 0)
                tokens.Expect(",");
            if (tokens.Accept(close))
                break;
            items.Add(read());
        }

        return items;
    }

    /// <summary>Entries up to a closing brace.</summary>
    public TableOf Table(int line)
    {
        var entries = new List<(Node, Node)>();
        while (!tokens.Accept("}"))
        {
            if (entries.Count > 0)
                tokens.Expect(",");
            if (tokens.Accept("}"))
                break;
            Node key = read();
            tokens.Expect(":");
            entries.Add((key, read()));
        }

        return new TableOf(line, entries);
    }

    /// <summary>Arguments up to a closing bracket; those with a name come last.</summary>
    public ArgumentNodes Arguments()
    {
        var positional = new List<Node>();
        var named = new List<(string, Node)>();
        while (!tokens.Accept(")"))
        {
            if (positional.Count + named.Count > 0)
                tokens.Expect(",");
            if (tokens.Accept(")"))
                break;
            if (tokens.Current.Kind == TokenKind.Name && tokens.Following.IsSymbol("="))
                named.Add(NamedArgument());
            else if (named.Count == 0)
                positional.Add(read());
            else
                throw tokens.Fault("an argument without a name follows one with a name");
        }

        return new ArgumentNodes(positional, named);
    }

    private (string, Node) NamedArgument()
    {
        string name = tokens.ExpectName();
        tokens.Expect("=");
        return (name, read());
    }
}
