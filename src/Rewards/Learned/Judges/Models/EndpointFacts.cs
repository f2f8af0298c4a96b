namespace Vlm.Rewards.Learned.Judges;

/// <summary>What messages about a judge behind an address say of it, and what they must not say.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Model">Its name there.</param>
/// <param name="Key">The key that is sent; null for none.</param>
/// <param name="KeyVariable">The variable that the key was read from.</param>
internal sealed record EndpointFacts(string Address, string Model, string? Key, string KeyVariable)
{
    private const int Longest = 200;

    /// <summary>A text of a server, on one line and short, without the key.</summary>
    public string Shown(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (Key is { Length: > 0 } key)
            line = line.Replace(key, "(key)", StringComparison.OrdinalIgnoreCase);
        return line.Length <= Longest ? line : line[..Longest] + " ...";
    }

    /// <summary>Statuses 401 and 403. What the server says of it is not shown: servers repeat keys.</summary>
    public UsageException WrongKey(int status) => Key is null
        ? new($"the judge at {Address} wants a key (HTTP {status})",
            $"environment variable {KeyVariable}, which is not set",
            $"export {KeyVariable}=..., or name the variable that holds the key")
        : new($"the judge at {Address} refuses the key (HTTP {status})", $"environment variable {KeyVariable}",
            $"export {KeyVariable}=... with a key of this address, or name another variable");

    /// <summary>Status 404.</summary>
    public UsageException Unknown() => new(
        $"there is no model '{Model}' at {Address} (HTTP 404)", Address,
        $"a name that {Address}/models lists, or the address before /chat/completions, such as "
            + "http://127.0.0.1:8000/v1");

    /// <summary>Nothing listens, or no such machine.</summary>
    public UsageException Unreachable(string reason) => new(
        $"nothing answers at {Address}: {reason}", Address,
        "start the server, or give its address, such as http://127.0.0.1:8000/v1");

    /// <summary>None of a call's requests was answered.</summary>
    public UsageException Silent(int requests, string reason) =>
        Resume($"none of {requests} requests to the judge was answered: {reason}");

    /// <summary>Some were answered, and then no more.</summary>
    public UsageException Gone(int left, int requests, string reason) =>
        Resume($"the judge answers no more; {left} of {requests} requests were not answered: {reason}");

    private UsageException Resume(string problem) => new(
        problem, Address, "see that the server runs, then resume the run: what was answered before is kept");
}
