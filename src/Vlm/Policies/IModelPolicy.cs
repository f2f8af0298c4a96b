namespace Vlm;

/// <summary>What a model's own policy can say, over tokens and over codes alike.</summary>
internal interface IModelPolicy : IFeaturePolicy, IEffectPolicy;
