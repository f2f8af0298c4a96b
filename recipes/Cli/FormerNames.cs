namespace Recipes.Cli;

/// <summary>What options were called before, so that files of earlier runs are read and old flags find the new ones.</summary>
internal static class FormerNames
{
    private static readonly Dictionary<string, string> s_now = [];

    /// <summary>Today's name of an option.</summary>
    /// <param name="name">As it is typed.</param>
    public static string Now(string name) => s_now.GetValueOrDefault(name, name);
}
