namespace Vlm.Grpo;

/// <summary>Options that must fit one another, checked before anything slow is loaded.</summary>
public interface IRecipeOptions
{
    /// <summary>Throws <see cref="Vlm.UsageException"/> on the first setting that cannot work.</summary>
    void Validate();
}
